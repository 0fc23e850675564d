/** Addresses inside the node's own network namespace, where nobody else can be in the way. */

export const NODE_NAME = 'node';
/** The node's, where pods reach what runs beside them. */
export const NODE_ADDRESS = '10.99.0.1';
export const NODE_BRIDGE = 'kube0';
export const POD_RANGE = '10.244.0.0/24';
export const DNS_SERVICE = '10.96.0.10';
export const API_PORT = 6443;
export const API_URL = `https://127.0.0.1:${API_PORT}`;
