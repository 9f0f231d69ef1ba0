// Error: what failed, why, and what to try. Small and trivially copyable; the text is made on
// demand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace patchbay {

// The kinds of failure a caller may want to tell apart. `timed_out` is a deadline that passed,
// `cancelled` somebody's decision to stop; they are never mixed up.
enum class Fault : std::uint8_t {
  system,       // anything else the kernel refused; see code()
  timed_out,    // the deadline passed, or the kernel gave up on the peer
  cancelled,    // the task's scope was cancelled
  closed,       // the peer or this side has ended the connection
  refused,      // the peer's host answered: nobody listens there
  unreachable,  // no route, or a router said so
  resolve,      // the name has no address, or nobody could say
  protocol,     // the peer broke the protocol's rules
  limit,        // a limit of this process, the system or the caller was reached
  permission,   // the right to do it is missing
  integrity,    // a check of content failed
  storage,      // a file or a disk failed
};

class Error {
 public:
  // `operation` completes "cannot …": "connect to", "listen on", "read from". It, `reason` and
  // `remedy` must be string literals or otherwise outlive every copy: an Error owns no memory.
  explicit Error(Fault fault, const char* operation, const char* reason = nullptr,
                 const char* remedy = nullptr);

  // The fault follows from the errno value (ECONNREFUSED is `refused`, EACCES `permission`, …).
  static Error from_errno(int code, const char* operation);

  // The same error, telling what it happened to: an address, a file, a name. Cut at 48 bytes, never
  // inside a UTF-8 sequence; a cut subject ends with "…".
  [[nodiscard]] Error about(std::string_view subject) const;
  // A reason of one's own also silences the general advice, which could contradict it.
  [[nodiscard]] Error because(const char* reason) const;
  [[nodiscard]] Error advising(const char* remedy) const;

  Fault fault() const { return fault_; }
  int code() const { return code_; }  // errno, or 0
  const char* operation() const { return operation_; }
  std::string_view subject() const { return {subject_, subject_length_}; }

  // The three parts, each one sentence without its full stop. The subject may come from a peer or
  // a user: it is escaped here, so that the text is safe on any terminal.
  std::string what() const;    // "cannot connect to 192.0.2.1:80"
  std::string why() const;     // "it was refused: nothing listens there"
  std::string remedy() const;  // "check the port, …"; empty where nothing sensible can be said

  // "error: …\n  because: …\n  try: …", as the command line prints it.
  std::string describe() const;

 private:
  Fault fault_;
  std::uint8_t subject_length_ = 0;
  int code_ = 0;
  const char* operation_;
  const char* reason_ = nullptr;
  const char* remedy_ = nullptr;
  char subject_[48] = {};  // "[" IPv6 "]:" port takes 47; no zero at its end
};

// The name of a fault as JSON and tests use it: "timed_out", "refused", …
std::string_view name_of(Fault fault);

}  // namespace patchbay
