'use strict';
// node call.js '{"endpoint": …, "plane": "control" or "data", "calls": [{"operation": …, "input": {…}}]}':
// Amazon's own clients call one operation after the other. Prints `result` or `exception` for each.
const { controlPlane, dataPlane, kinesisVideo, kinesisVideoSignaling, print, readSettings } = require('./common');

async function main() {
    const settings = readSettings();
    const isData = settings.plane === 'data';
    const client = isData ? dataPlane(settings, settings.endpoint) : controlPlane(settings);
    const commands = isData ? kinesisVideoSignaling : kinesisVideo;
    for (const { operation, input } of settings.calls) {
        try {
            const { $metadata, ...output } = await client.send(new commands[`${operation}Command`](input));
            print('result', { operation, output, requestId: $metadata.requestId });
        } catch (error) {
            const isModelled = commands[error.name] !== undefined && error instanceof commands[error.name];
            const { name, message, $metadata } = error;
            print('exception', { operation, name, message, isModelled, status: $metadata?.httpStatusCode });
        }
    }
}

main();
