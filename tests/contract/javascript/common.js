'use strict';
// The SDK's build names the browser's WebSocket before it looks for this one.
global.WebSocket = require('ws');

const kinesisVideo = require('@aws-sdk/client-kinesis-video');
const kinesisVideoSignaling = require('@aws-sdk/client-kinesis-video-signaling');

/**
 * The settings given on the command line as one JSON object. All scripts know `endpoint` (the control plane's URL),
 * `region`, `accessKeyId`, `secretAccessKey`, `sessionToken`. The key is the environment's, if it is not given.
 */
function readSettings() {
    const key = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY };
    const settings = { region: 'us-east-1', ...key, ...JSON.parse(process.argv[2]) };
    const { accessKeyId, secretAccessKey, sessionToken } = settings;
    return { ...settings, credentials: { accessKeyId, secretAccessKey, sessionToken } };
}

/** Prints one event as a line of JSON. */
function print(event, members = {}) {
    process.stdout.write(`${JSON.stringify({ event, ...members })}\n`);
}

function controlPlane({ endpoint, region, credentials }) {
    return new kinesisVideo.KinesisVideoClient({ endpoint, region, credentials, maxAttempts: 1 });
}

function dataPlane({ region, credentials }, endpoint) {
    return new kinesisVideoSignaling.KinesisVideoSignalingClient({ endpoint, region, credentials, maxAttempts: 1 });
}

/** Finds a channel by `channelName` as every master does: its ARN, its endpoints for a role, the ICE servers. */
async function discover(settings, role) {
    const client = controlPlane(settings);
    const { ChannelInfo } = await client.send(
        new kinesisVideo.DescribeSignalingChannelCommand({ ChannelName: settings.channelName }),
    );
    const channelARN = ChannelInfo.ChannelARN;
    const { ResourceEndpointList } = await client.send(
        new kinesisVideo.GetSignalingChannelEndpointCommand({
            ChannelARN: channelARN,
            SingleMasterChannelEndpointConfiguration: { Protocols: ['WSS', 'HTTPS'], Role: role },
        }),
    );
    const endpoints = Object.fromEntries(ResourceEndpointList.map((each) => [each.Protocol, each.ResourceEndpoint]));
    const { IceServerList } = await dataPlane(settings, endpoints.HTTPS).send(
        new kinesisVideoSignaling.GetIceServerConfigCommand({ ChannelARN: channelARN }),
    );
    return { channelARN, endpoints, iceServers: IceServerList };
}

module.exports = { readSettings, print, controlPlane, dataPlane, discover, kinesisVideo, kinesisVideoSignaling };
