"""The local world: what a camera skill has around it, on one machine, held together by one supervising process.

`python -m simulator.world --folder .local` starts the signaling service and a local AWS, deploys the template to
it, writes `world.json` into the folder and runs until SIGTERM or Ctrl-C. The folder holds all that belongs to it.
"""
