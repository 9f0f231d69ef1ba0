// ChatTries: how often a login to an account may fail, from wherever it is tried.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "patchbay/base/time.hpp"

namespace patchbay {

struct ChatTriesOptions {
  unsigned failures = 10;      // within a window
  Duration window = 60s;       // from the first failure on; at its end all are forgiven
  std::size_t names = 10'000;  // remembered at a time; beyond, the oldest are forgotten
};

// As FailureLimit for addresses, for names.
class ChatTries {
 public:
  explicit ChatTries(ChatTriesOptions options = {}) : options_(options) {}

  bool may_try(const std::string& name, Instant now) const;
  void failed(const std::string& name, Instant now);
  // It was none after all: takes one back.
  void forgive(const std::string& name);

 private:
  struct Window {
    Instant began{};
    unsigned failures = 0;
  };
  void make_room(Instant now);

  ChatTriesOptions options_;
  std::unordered_map<std::string, Window> windows_;
};

}  // namespace patchbay
