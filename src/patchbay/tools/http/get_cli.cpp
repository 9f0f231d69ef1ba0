#include "patchbay/tools/http/get_plan.hpp"
#include "patchbay/tools/http/get_report.hpp"
#include "patchbay/tools/http/get_run.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/http/trust_flags.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

int run_http_get(const GetFlags& flags, Output& out) {
  auto plan = plan_get(flags);
  if (!plan) return out.fail(plan.error().failure, plan.error().code);
  warn_of_trust(flags, plan->request.url, out);
  if (flags.auth_file && !plan->request.url.secure) {
    out.warn("the password goes over http, where everybody on the way can read it");
  }
  return run_tool(run_get(*plan, out), out);
}

void declare_files(Command& get, GetFlags& o) {
  get.flag("-o, --output FILE", file(o.output),
           "write the answer's body to FILE; - is standard output")
      .excludes("remote-name")
      .not_a_setting();
  get.flag("-O, --remote-name", toggle(o.remote_name), "the same, named as the URL ends")
      .not_a_setting();
  get.flag("-c, --continue", toggle(o.go_on), "go on where a download was broken off")
      .excludes("data")
      .not_a_setting();
  get.flag("-I, --head", toggle(o.head), "ask for the head alone, and print it").not_a_setting();
  get.flag("-i, --include", toggle(o.include), "print the head in front of the body");
}

void declare_request(Command& get, GetFlags& o) {
  get.section("The request");
  get.flag("-X, --method METHOD", text(o.method), "the method (GET; with --data POST)")
      .alias("--request");
  get.flag("-d, --data TEXT|@FILE", text(o.data), "send this body, or that of a file")
      .alias("--data-binary")
      .not_a_setting();
  get.flag("-H, --header FIELD", text(o.fields),
           "send 'Name: value' too; @FILE has one a line, for secrets");
  get.flag("--auth-file FILE", file(o.auth_file),
           "log in (Basic) with the user:password in FILE, which is yours alone (mode 600)");
  get.flag("--no-redirect", toggle(o.no_redirect), "do not go where a redirect leads");
  get.flag("--max-redirects N", count(o.max_redirects, 0, 100), "so many, one after the other")
      .alias("--max-redirs")
      .excludes("no-redirect");
  get.flag("--allow-downgrade", toggle(o.allow_downgrade), "follow redirects from https to http")
      .excludes("pin");  // which nobody proves over http
  get.flag("--http1", toggle(o.http1), "speak HTTP/1.1, which the server is known to do")
      .alias("--http1.1");
  get.flag("--http2", toggle(o.http2), "speak HTTP/2 only; in the clear without asking first")
      .alias("--http2-prior-knowledge")
      .excludes("http1");
}

void declare_limits(Command& get, GetFlags& o) {
  get.section("Limits");
  get.flag("-w, --timeout TIME", duration(o.timeout, 1ms),
           "limits the time until the head of the answer, and each silence in its body");
  get.flag("--max-time TIME", duration(o.max_time, 1ms), "limits all of it").alias("-m");
  get.flag("--max-size SIZE", size(o.max_size, 1), "give up on a body that is larger")
      .alias("--max-filesize");
  get.flag("--min-rate RATE", rate(o.min_rate, 8),
           "give up on a body that comes slower, after the first 10 s");
}

}  // namespace

void declare_http_get(Command& http) {
  auto [get, o] = http.add("get", "ask a web server, or fetch a file", run_http_get);
  get.argument("URL", text(o.url), "what to get; without http:// or https:// it is http");
  declare_files(get, o);
  declare_request(get, o);
  declare_trust_flags(get, o);
  declare_limits(get, o);
  get.exit_code(exit_not_found, "the server answered 404 or 410");
  get.exit_code(exit_client_error, "the server answered another 4xx");
  get.exit_code(exit_server_error, "the server answered 5xx");
  get.example("patchbay http get https://example.net/", "print a page");
  get.example("patchbay http get -O --continue https://example.net/image.iso",
              "fetch a file, or the rest of it");
  get.example("patchbay http get -I example.net", "only the head of the answer");
  get.example("patchbay http get https://example.net/api -d @question.json --json",
              "post a file, and have everything as JSON");
  get.see_also("curl(1)");
  get.see_also("wget(1)");
  get.describe(
      "The body of the answer goes to standard output: escaped on a terminal, as it is into a "
      "pipe. With -o or -O it goes to a file, which is .NAME.part beside it until it is whole and "
      "on the disk; only an answer of 2xx becomes a file. A link is followed; a FIFO and a device "
      "are written to as the body comes. What was broken off stays, and "
      "--continue asks for the rest, if the server still has the same version: the note "
      ".NAME.part.from remembers its ETag or date.\n\n"
      "Over TLS the server chooses between HTTP/2 and HTTP/1.1; in the clear it is HTTP/1.1. -v "
      "and --json tell which it was.\n\n"
      "Redirects are followed, but not from https to http. Authorization, Cookie and whatever "
      "-H @FILE names are not carried to another host, port or scheme. Secrets are not taken from "
      "the command line, "
      "where others can see them: they stand in files of mode 600.\n\n"
      "With --json there is a record for each redirect and one for the answer, with its fields, "
      "its certificate and how long each phase took. A body of up to 64 KiB of text that goes to "
      "no file is a member of it.");
}

}  // namespace patchbay
