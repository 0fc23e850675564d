/** What has stock: an item in a store. */
export type StoreAndItem = { readonly storeId: number; readonly itemId: number };
