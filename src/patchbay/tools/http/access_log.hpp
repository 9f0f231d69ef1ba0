// AccessLog: a line for every answer, in the common log format or as a JSON record.
#pragma once

#include "patchbay/http/http_log.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

enum class LogFormat : std::uint8_t { common, json, off };

class AccessLog final : public HttpLog {
 public:
  AccessLog(Output& out, LogFormat format) : out_(out), format_(format) {}

  void answered(const HttpRequest* request, const Endpoint& peer,
                const HttpAnswered& answer) override;
  void set_format(LogFormat format) { format_ = format; }

 private:
  Output& out_;
  LogFormat format_;
};

// `127.0.0.1 - - [01/Mar/2026:12:00:00 +0000] "GET /a HTTP/1.1" 200 512`. What the client sent is
// escaped, quotes too; a size of 0 is "-", as the format has it.
std::string common_log_line(const HttpRequest* request, const Endpoint& peer,
                            const HttpAnswered& answer, WallTime at);

}  // namespace patchbay
