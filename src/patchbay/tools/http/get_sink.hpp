// Where the body of an answer goes when it is not kept in a file: to standard output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "patchbay/tools/output.hpp"

namespace patchbay {

// A reader at a terminal gets it escaped, a pipe as it is. With --json it is a member of a record,
// when it is short and text.
class GetSink {
 public:
  explicit GetSink(Output& out) : out_(out) {}

  // False: nobody reads any more.
  bool write(std::string_view piece);
  bool end();
  void describe(Record& record) const;

 private:
  static constexpr std::size_t k_most_kept = 64 * 1024;

  Output& out_;
  std::string waiting_;  // the beginning of a character, at a terminal
  std::string kept_;     // for JSON
  std::uint64_t bytes_ = 0;
};

}  // namespace patchbay
