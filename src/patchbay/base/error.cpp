#include "patchbay/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "patchbay/base/errno_cause.hpp"
#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

constexpr std::string_view ellipsis = "…";

// What is said of a fault that comes without an errno and without a reason.
struct FaultText {
  std::string_view name;
  const char* why;
  const char* remedy;
};

// A switch without a default, so that a new fault is a compile error here.
FaultText text_of(Fault fault) {
  switch (fault) {
    case Fault::system: return {"system", "the kernel did not allow it", ""};
    case Fault::timed_out:
      return {"timed_out", "the deadline passed", "allow more time, or check that the peer is up"};
    case Fault::cancelled: return {"cancelled", "it was cancelled", ""};
    case Fault::closed: return {"closed", "the connection has ended", ""};
    case Fault::refused:
      return {"refused", "it was refused: nothing listens there",
              "check the port, and that the service is running"};
    case Fault::unreachable:
      return {"unreachable", "no route leads there",
              "check the address, and the routes: `ip route`"};
    case Fault::resolve:
      return {"resolve", "the name has no address, or no name server answered",
              "check the spelling, and the name servers in /etc/resolv.conf"};
    case Fault::protocol: return {"protocol", "the peer broke the rules of the protocol", ""};
    case Fault::limit: return {"limit", "a limit was reached", ""};
    case Fault::permission:
      return {"permission", "the right to do it is missing", "run `patchbay doctor`"};
    case Fault::integrity: return {"integrity", "the content is not what it should be", ""};
    case Fault::storage: return {"storage", "a file or a disk failed", ""};
  }
  return {"system", "the kernel did not allow it", ""};  // a value cast from elsewhere
}

std::string text_of_unknown_errno(int code) {
  const char* text = strerrordesc_np(code);  // the one form that is thread-safe and not translated
  if (text == nullptr) return fmt::format("the kernel reported the unknown error {}", code);
  return fmt::format("the kernel reported \"{}\" (error {})", text, code);
}

}  // namespace

static_assert(std::is_trivially_copyable_v<Error> && sizeof(Error) <= 80);

Error::Error(Fault fault, const char* operation, const char* reason, const char* remedy)
    : fault_(fault), operation_(operation), reason_(reason), remedy_(remedy) {}

Error Error::from_errno(int code, const char* operation) {
  const ErrnoCause* cause = find_errno_cause(code);
  Error error(cause == nullptr ? Fault::system : cause->fault, operation);
  error.code_ = code;
  return error;
}

Error Error::about(std::string_view subject) const {
  Error copy = *this;
  constexpr std::size_t room = sizeof(subject_);
  const bool cut = subject.size() > room;
  const std::string_view kept = cut ? utf8_prefix(subject, room - ellipsis.size()) : subject;
  char* end = std::copy(kept.begin(), kept.end(), copy.subject_);
  if (cut) end = std::copy(ellipsis.begin(), ellipsis.end(), end);
  copy.subject_length_ = static_cast<std::uint8_t>(end - copy.subject_);
  return copy;
}

Error Error::because(const char* reason) const {
  Error copy = *this;
  copy.reason_ = reason;
  return copy;
}

Error Error::advising(const char* remedy) const {
  Error copy = *this;
  copy.remedy_ = remedy;
  return copy;
}

std::string Error::what() const {
  std::string text = "cannot ";
  text += operation_ != nullptr && *operation_ != '\0' ? operation_ : "do that";
  if (subject_length_ > 0) text += ' ' + escape_terminal(subject());
  return text;
}

std::string Error::why() const {
  if (reason_ != nullptr) return reason_;
  if (const ErrnoCause* cause = find_errno_cause(code_)) return cause->why;
  if (code_ != 0) return text_of_unknown_errno(code_);
  return text_of(fault_).why;
}

std::string Error::remedy() const {
  if (remedy_ != nullptr) return remedy_;
  // A reason of the caller's own is more exact than the table, whose advice could contradict it.
  if (reason_ != nullptr) return {};
  if (const ErrnoCause* cause = find_errno_cause(code_)) return cause->remedy;
  if (code_ != 0) return {};
  return text_of(fault_).remedy;
}

std::string Error::describe() const {
  std::string text = fmt::format("error: {}\n  because: {}", what(), why());
  const std::string advice = remedy();
  if (!advice.empty()) text += "\n  try: " + advice;
  return text;
}

std::string_view name_of(Fault fault) { return text_of(fault).name; }

}  // namespace patchbay
