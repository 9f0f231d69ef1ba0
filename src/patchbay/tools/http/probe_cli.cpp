#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/http/probe.hpp"
#include "patchbay/tools/http/trust_flags.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

struct ProbeFlags : HttpTrustFlags {
  std::optional<std::string> url;
  std::vector<std::string> only;
  bool list = false;
  bool strict = false;
  Duration timeout = 5s;
};

struct ProbePlan {
  ProbeOptions options;
  TlsClientOptions tls;
  std::vector<const HttpQuestion*> questions;
  bool strict = false;
};

struct ProbeTotals {
  int asked = 0, right = 0, wrong = 0, remarks = 0, unclear = 0, skipped = 0;
};

// What a breach of this is called: notes are no breaches, and "should" only for the strict.
bool counts(const HttpQuestion& question, bool strict) {
  using Severity = HttpQuestion::Severity;
  return question.severity == Severity::high || question.severity == Severity::must ||
         (strict && question.severity == Severity::should);
}

const char* word_for(const HttpQuestion& question, ProbeJudgement judgement, bool strict) {
  if (judgement == ProbeJudgement::right) return "right";
  if (judgement == ProbeJudgement::unclear) return "unclear";
  return counts(question, strict) ? "wrong" : "remark";
}

void count(ProbeTotals& totals, std::string_view word) {
  ++totals.asked;
  if (word == "right") ++totals.right;
  if (word == "wrong") ++totals.wrong;
  if (word == "remark") ++totals.remarks;
  if (word == "unclear") ++totals.unclear;
}

void tell(Output& out, const HttpQuestion& question, std::string_view word,
          const ProbeVerdict& verdict, Duration took) {
  const Tone tone = word == "right" ? Tone::good : word == "wrong" ? Tone::bad : Tone::warning;
  std::string text = fmt::format(
      "{} {:<20} RFC {:<12} {:<6} {:<10} {}", out.style(tone, fmt::format("{:<7}", word)),
      question.id, question.section, name_of(question.severity), verdict.seen, question.what);
  if (!verdict.why.empty()) text += fmt::format("\n        {}", verdict.why);
  out.emit(Record("question")
               .text("id", question.id)
               .text("rfc", question.section)
               .text("severity", name_of(question.severity))
               .text("what", question.what)
               .text("expected", question.expect)
               .text("verdict", word)
               .text("seen", verdict.seen)
               .text("why", verdict.why)
               .time_us("took_us", took),
           text);
}

Task<int> ask_all(const ProbePlan& plan, Output& out) {
  const auto base = co_await ask_for_base(plan.options);
  if (!base) co_return out.fail(base.error());
  const Instant began = Loop::current().now();
  ProbeTotals totals;
  for (const HttpQuestion* question : plan.questions) {
    if (question->needs == HttpQuestion::Needs::found && *base / 100 != 2) {
      ++totals.skipped;
      tell(out, *question, "skipped",
           {.seen = "-", .why = fmt::format("an ordinary GET is answered {}", *base)}, {});
      continue;
    }
    out.progress(fmt::format("{} of {}: {}", totals.asked + totals.skipped + 1,
                             plan.questions.size(), question->what),
                 Loop::current().now());
    const auto heard = co_await ask_question(plan.options, *question);
    if (!heard) co_return out.fail(heard.error());
    const ProbeVerdict verdict = judge(*question, *heard, *base);
    const std::string_view word = word_for(*question, verdict.judgement, plan.strict);
    count(totals, word);
    tell(out, *question, word, verdict, heard->took);
  }
  out.totals()
      .count("asked", totals.asked)
      .count("right", totals.right)
      .count("wrong", totals.wrong)
      .count("remarks", totals.remarks)
      .count("unclear", totals.unclear)
      .count("skipped", totals.skipped);
  out.print(fmt::format("{} asked in {}: {} right, {} wrong, {} remarks, {} unclear, {} skipped",
                        totals.asked, format_duration(Loop::current().now() - began), totals.right,
                        totals.wrong, totals.remarks, totals.unclear, totals.skipped));
  co_return totals.wrong > 0 ? exit_condition : exit_ok;
}

Task<int> probe(ProbePlan& plan, Output& out) {
  std::optional<TlsContext> context;
  if (plan.options.url.secure) {
    auto made = TlsContext::client(plan.tls);
    if (!made) co_return out.fail(made.error());
    context = std::move(*made);
    plan.options.tls = &*context;
  }
  co_return co_await ask_all(plan, out);
}

std::expected<std::vector<const HttpQuestion*>, Failure> chosen(
    const std::vector<std::string>& ids) {
  std::vector<const HttpQuestion*> questions;
  for (const HttpQuestion& question : http_questions()) {
    if (ids.empty() || std::ranges::find(ids, question.id) != ids.end()) {
      questions.push_back(&question);
    }
  }
  for (const std::string& id : ids) {
    if (std::ranges::find(questions, id, &HttpQuestion::id) != questions.end()) continue;
    return std::unexpected(
        Failure(fmt::format("--only names a question that is none: {}", escape_terminal(id)), "",
                "see them all: `patchbay http probe --list`"));
  }
  return questions;
}

int list_questions(const std::vector<const HttpQuestion*>& questions, Output& out) {
  for (const HttpQuestion* question : questions) {
    out.emit(Record("question")
                 .text("id", question->id)
                 .text("rfc", question->section)
                 .text("severity", name_of(question->severity))
                 .text("what", question->what)
                 .text("expected", question->expect),
             fmt::format("{:<20} RFC {:<12} {:<6} {}", question->id, question->section,
                         name_of(question->severity), question->what));
  }
  return exit_ok;
}

int run_http_probe(const ProbeFlags& flags, Output& out) {
  const auto questions = chosen(flags.only);
  if (!questions) return out.fail(questions.error(), exit_usage);
  if (flags.list) return list_questions(*questions, out);
  if (!flags.url) {
    return out.fail(Failure("there is no server to ask", "no URL was given",
                            "patchbay http probe http://127.0.0.1:8080/"),
                    exit_usage);
  }
  const auto url = HttpUrl::parse_typed(*flags.url);
  if (!url) return out.fail(Failure(url.error()), exit_usage);
  const auto tls = plan_trust(flags, *flags.url, *url);
  if (!tls) return out.fail(tls.error().failure, tls.error().code);
  warn_of_trust(flags, *url, out);
  ProbePlan plan{.options = {.url = *url, .timeout = flags.timeout},
                 .tls = *tls,
                 .questions = *questions,
                 .strict = flags.strict};
  plan.tls.alpn = {"http/1.1"};
  return run_tool(probe(plan, out), out);
}

}  // namespace

void declare_http_probe(Command& http) {
  auto [probe, o] = http.add("probe", "ask a web server awkward questions", run_http_probe);
  probe.argument("[URL]", text(o.url), "a page of the server, best a small one");
  probe.flag("--only ID", text(o.only), "ask this question only");
  probe.flag("--list", toggle(o.list), "list the questions, and ask none").not_a_setting();
  probe.flag("--strict", toggle(o.strict), "count what the RFC says should be, too");
  probe.flag("-w, --timeout TIME", duration(o.timeout, 100ms),
             "limits each question with its connection");
  declare_trust_flags(probe, o);
  probe.exit_code(exit_condition, "the server gets something wrong that it must get right");
  probe.example("patchbay http probe http://127.0.0.1:8080/", "examine a server of your own");
  probe.example("patchbay http probe https://example.net/ --only cl-te --only te-cl",
                "two questions");
  probe.see_also("curl(1)");
  probe.describe(
      "Asks some eighty questions of RFC 9112 and RFC 9110 that servers get wrong: lengths and "
      "transfer codings that contradict each other, lines that do not end as they must, Hosts "
      "that are none, heads without an end, ranges, conditions. Each is asked once, on a "
      "connection of its own, one after the other, with a harmless GET right behind it, which "
      "tells whether the server still knows where a request begins. Bodies are sent to a path "
      "that nobody has. Ask your own servers, or those of people who have agreed.\n\n"
      "The severity `high` is of what two programs can understand in two ways: a proxy before "
      "the server could be made to see another request than the server does. `must` and `should` "
      "are the words of the RFC; a `should` or `note` that is not kept is a remark and no fault, "
      "unless --strict says so for the former.");
}

}  // namespace patchbay
