'use strict';
// node master.js '{"endpoint": …, "channelName": …}': the official SDK as a master that answers every offer.
// With "answer" it answers with that SDP, else with one that takes what was offered. Prints the events open, offer,
// answered, statusResponse, error and close as lines of JSON. SIGTERM ends it.
const { discover, print, readSettings } = require('./common');
const { Role, SignalingClient } = require('amazon-kinesis-video-streams-webrtc');

const PER_MEDIA = [
    'c=IN IP4 127.0.0.1',
    'a=ice-ufrag:mstr',
    'a=ice-pwd:examplePasswordOf24chars',
    `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
    'a=setup:active',
    'a=rtcp-mux',
    'a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host',
    'a=end-of-candidates',
];

/** Takes every medium as it was offered, its codecs in the offer's order. */
function answerTo(offer) {
    const lines = offer.split(/\r?\n/).filter(Boolean);
    const group = lines.filter((line) => line.startsWith('a=group:BUNDLE'));
    const answer = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', ...group];
    let insideMedia = false;
    for (const line of lines) {
        if (line.startsWith('m=')) {
            insideMedia = true;
            answer.push(line, ...PER_MEDIA);
        } else if (insideMedia && /^a=(mid|rtpmap|fmtp|sendrecv|sendonly|recvonly)/.test(line)) {
            answer.push(line.replace(/^a=(send|recv)only$/, (_, way) => `a=${way === 'send' ? 'recv' : 'send'}only`));
        }
    }
    return `${answer.join('\r\n')}\r\n`;
}

async function main() {
    const settings = readSettings();
    const { channelARN, endpoints, iceServers } = await discover(settings, Role.MASTER);
    const client = new SignalingClient({
        role: Role.MASTER,
        channelARN,
        channelEndpoint: endpoints.WSS,
        region: settings.region,
        credentials: settings.credentials,
    });
    client.on('open', () => print('open', { channelARN, iceServers }));
    client.on('sdpOffer', (offer, senderClientId) => {
        print('offer', { senderClientId, sdp: offer.sdp });
        const sdp = settings.answer ?? answerTo(offer.sdp);
        client.sendSdpAnswer({ type: 'answer', sdp }, senderClientId, settings.correlationId);
        print('answered', { senderClientId });
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
