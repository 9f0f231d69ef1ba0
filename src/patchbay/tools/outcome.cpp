#include "patchbay/tools/outcome.hpp"

#include <utility>

namespace patchbay {

ExitCode exit_code_of(const Error& error) {
  switch (error.fault()) {
    case Fault::permission: return exit_permission;
    case Fault::cancelled: return exit_interrupted;
    default: return exit_failed;
  }
}

Failure::Failure(std::string what_failed, std::string reason, std::string advice)
    : what(std::move(what_failed)), why(std::move(reason)), remedy(std::move(advice)) {}

Failure::Failure(const Error& error)
    : what(error.what()), why(error.why()), remedy(error.remedy()) {}

}  // namespace patchbay
