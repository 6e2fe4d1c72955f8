/** Who is in the demo data (src/seed.ts). */
export const DEMO = {
  workspace: "acme",
  owner: "owner@acme.test",
  password: "relata-demo",
  members: [
    { email: "owner@acme.test", workspace: "acme", role: "OWNER", firstName: "Olivia", lastName: "Owner" },
    { email: "admin@acme.test", workspace: "acme", role: "ADMIN", firstName: "Adam", lastName: "Admin" },
    { email: "member@acme.test", workspace: "acme", role: "MEMBER", firstName: "Mia", lastName: "Member" },
    { email: "guest@acme.test", workspace: "acme", role: "GUEST", firstName: "Gus", lastName: "Guest" },
    { email: "owner@globex.test", workspace: "globex", role: "OWNER", firstName: "Greta", lastName: "Globex" },
  ],
} as const;
