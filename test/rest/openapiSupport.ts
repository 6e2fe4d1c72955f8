/** The documents of a server, for the tests that hold it to them. */
export type Json = { [key: string]: unknown };
export type Operation = {
  operationId: string;
  parameters?: Json[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Json }> };
  responses: Record<string, Json>;
};
export type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; parameters: Record<string, Json>; responses: Record<string, Json> };
};

export async function documentFrom(url: string, name: "core" | "metadata", token?: string): Promise<Document> {
  const sent = await fetch(`${url}/rest/open-api/${name}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  if (sent.status !== 200) throw new Error(`the document answered ${sent.status}: ${await sent.text()}`);
  return (await sent.json()) as Document;
}
