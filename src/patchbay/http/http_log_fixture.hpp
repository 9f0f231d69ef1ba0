// For tests: a log that remembers.
#pragma once

#include <string>
#include <vector>

#include "patchbay/http/http_log.hpp"

namespace patchbay {

class HttpHeardLog final : public HttpLog {
 public:
  struct Line {
    std::string path;  // empty: it was no request
    HttpAnswered answer;
  };
  void answered(const HttpRequest* request, const Endpoint&, const HttpAnswered& answer) override {
    lines.push_back({request == nullptr ? "" : std::string(request->path), answer});
  }
  void connected() override { ++connections; }
  void disconnected() override { --connections; }

  std::vector<Line> lines;
  int connections = 0;
};

}  // namespace patchbay
