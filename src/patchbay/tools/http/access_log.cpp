#include "patchbay/tools/http/access_log.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "patchbay/base/text.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// A quote would end the field that the line puts it in.
std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : escape_terminal(text)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string_view version_of(int version) {
  switch (version) {
    case 10: return "HTTP/1.0";
    case 20: return "HTTP/2.0";
    default: return "HTTP/1.1";
  }
}

std::string log_date(WallTime at) {
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000", unsigned(date.day()),
                     months[unsigned(date.month()) - 1], int(date.year()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

}  // namespace

std::string common_log_line(const HttpRequest* request, const Endpoint& peer,
                            const HttpAnswered& answer, WallTime at) {
  const std::string line = request == nullptr
                               ? std::string("\"-\"")
                               : in_quotes(fmt::format("{} {} {}", request->method, request->target,
                                                       version_of(request->version)));
  const std::string size = answer.body_bytes == 0 ? "-" : std::to_string(answer.body_bytes);
  return fmt::format("{} - - [{}] {} {} {}", peer.address().to_string(), log_date(at), line,
                     answer.status, size);
}

void AccessLog::answered(const HttpRequest* request, const Endpoint& peer,
                         const HttpAnswered& answer) {
  if (format_ == LogFormat::off) return;
  if (format_ == LogFormat::common && !out_.json()) {
    out_.print(common_log_line(request, peer, answer, out_.wall_time()));
  } else {
    Record record("request");
    record.at("ts", out_.wall_time()).text("peer", peer.to_string());
    if (request != nullptr) {
      record.text("method", request->method)
          .text("target", request->target)
          .text("host", request->host)
          .text("version", version_of(request->version))
          .text("referer", request->fields.get("referer"))
          .text("user_agent", request->fields.get("user-agent"));
    }
    record.count("status", answer.status)
        .bytes("body_bytes", answer.body_bytes)
        .time_us("took_us", answer.took)
        .flag("complete", answer.complete);
    if (out_.json()) {
      out_.emit(record);
    } else {
      out_.write(record.json() + "\n");
    }
  }
  if (out_.gone()) Loop::current().root().cancel();  // nobody reads: the server ends
}

}  // namespace patchbay
