// ProbeReader: what came back on the connection of one question, taken apart into answers. Bytes
// in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {

struct ProbeAnswer {
  int status = 0;
  bool keep_alive = false;
  bool has_date = false;
  bool coded = false;  // it has a transfer coding
  bool whole = false;  // it came to its end
};

enum class ProbeEnd : std::uint8_t {
  open,  // the connection was still there when nobody waited any longer
  closed,
  reset,
  enough,  // there was more than anybody wanted to read
};

struct ProbeHeard {
  std::vector<ProbeAnswer> answers;  // interim ones are left out
  const char* garbage = nullptr;     // why what came last is no answer; a literal
  ProbeEnd end = ProbeEnd::open;
  Duration took{};
};

class ProbeReader {
 public:
  // The methods of the requests, in the order of their answers; further ones count as GET.
  explicit ProbeReader(std::vector<std::string> methods) : methods_(std::move(methods)) {}

  void take(std::string_view bytes);
  void end(ProbeEnd end);

  // Answers that are whole, and nothing begun behind them.
  std::size_t whole_answers() const;
  bool keeps_alive() const { return heard_.answers.empty() || heard_.answers.back().keep_alive; }
  bool useless() const { return heard_.garbage != nullptr || heard_.end == ProbeEnd::enough; }
  const ProbeHeard& heard() const { return heard_; }

 private:
  bool take_head();
  void take_body();

  std::vector<std::string> methods_;
  ProbeHeard heard_;
  std::string pending_;
  Http1Response parsed_;
  std::optional<Http1Body> body_;
  std::uint64_t total_ = 0;
};

}  // namespace patchbay
