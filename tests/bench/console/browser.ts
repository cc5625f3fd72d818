export async function measureBrowser(_: object): Promise<void> {}
