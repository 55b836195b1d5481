'use strict';
// node viewer.js '{"endpoint": …, "channelName": …, "clientId": …, "offer": …}': the official SDK as a viewer that sends
// an offer and one candidate, and ends with the answer. Prints open, answer, candidate, statusResponse, error, close.
const { discover, print, readSettings } = require('./common');
const { Role, SignalingClient } = require('amazon-kinesis-video-streams-webrtc');

async function main() {
    const settings = readSettings();
    const { channelARN, endpoints } = await discover(settings, Role.VIEWER);
    const client = new SignalingClient({
        role: Role.VIEWER,
        clientId: settings.clientId,
        channelARN,
        channelEndpoint: endpoints.WSS,
        region: settings.region,
        credentials: settings.credentials,
    });
    client.on('open', () => {
        print('open');
        client.sendSdpOffer({ type: 'offer', sdp: settings.offer }, settings.correlationId);
        const candidate = { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 };
        client.sendIceCandidate(candidate);
    });
    client.on('iceCandidate', (candidate, senderClientId) => print('candidate', { ...candidate, senderClientId }));
    client.on('sdpAnswer', (answer, senderClientId) => {
        print('answer', { sdp: answer.sdp, senderClientId });
        client.close();
    });
    client.on('statusResponse', (status) => print('statusResponse', status));
    client.on('error', (error) => print('error', { message: String(error.message ?? error) }));
    client.on('close', () => {
        print('close');
        process.exit(0);
    });
    process.on('SIGTERM', () => client.close());
    client.open();
}

main().catch((error) => {
    print('error', { name: error.name, message: error.message });
    process.exit(1);
});
