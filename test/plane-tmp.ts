import { startControlPlane } from '/tmp/wt/operator/test/cluster/control-plane/control-plane.ts';
const plane = await startControlPlane({ folder: '/tmp/wt-tmp/operator/plane', controllers: true });
console.log('ready', plane.kubeconfig);
process.on('SIGTERM', async () => { await plane.stop(); process.exit(0); });
setInterval(() => {}, 1e6);
