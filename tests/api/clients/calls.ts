// Ten calls with openapi-fetch over the types that openapi-typescript generated: URL, e-mail address and password in,
// what came back out, as JSON.
import createClient from "openapi-fetch";

import type { paths } from "./schema.js";

declare const process: { argv: string[]; stdout: { write(text: string): void } };

const [url, email, password, content] = process.argv.slice(2) as [string, string, string, string];
const today = "2028-02-02";
const client = createClient<paths>({ baseUrl: url });

function received<T>(reply: { data?: T; error?: unknown }): T {
  if (reply.data === undefined) throw new Error(JSON.stringify(reply.error));
  return reply.data;
}

const { token } = received(await client.POST("/api/auth/login", { body: { email, password } }));
client.use({
  onRequest({ request }) {
    request.headers.set("authorization", `Bearer ${token}`);
    return request;
  },
});
const me = received(await client.GET("/api/me"));
const duty = { description: "Back up Mailchimp", cronExpression: "0 9 * * *" };
const config = received(await client.POST("/api/recurring", { body: duty })).recurringConfig;
const { schedules } = received(await client.GET("/api/schedules"));
const range = { startDate: today, endDate: today };
const { generated } = received(await client.POST("/api/recurring/generate", { body: range }));
const { tasks } = received(await client.GET("/api/tasks", { params: { query: { date: today } } }));
const taskId = tasks[0]!.id;
const { file } = received(
  await client.POST("/api/files", {
    body: { taskId, file: content },
    bodySerializer: () => {
      const form = new FormData();
      form.append("taskId", taskId);
      form.append("file", new Blob([content]), "notes.txt");
      return form;
    },
  }),
);
const download = received(
  await client.GET("/api/files/{fileId}/download", { params: { path: { fileId: file.id } }, parseAs: "text" }),
);
const done = received(
  await client.POST("/api/tasks/{taskId}/completion", { params: { path: { taskId } }, body: { comment: "Backed up" } }),
);
const { home } = received(await client.GET("/api/home"));
const archive = received(await client.GET("/api/export", { parseAs: "arrayBuffer" })) as ArrayBuffer;

process.stdout.write(
  JSON.stringify({
    me: me.user.email,
    config: config.id,
    schedules: schedules.map((row) => row.id),
    generated: generated.map((task) => task.id),
    tasks: tasks.map((task) => task.id),
    download,
    status: done.status,
    done: home.doneToday.count,
    export: [...new Uint8Array(archive).slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  }),
);
