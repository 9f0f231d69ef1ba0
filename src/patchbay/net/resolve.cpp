#include "patchbay/net/resolve.hpp"

#include <utility>

#include "patchbay/net/loop.hpp"

namespace patchbay {

Task<Result<std::vector<IpAddress>>> resolve(std::string name, Family family, Deadline deadline) {
  return Loop::current().resolver().addresses(std::move(name), family, deadline);
}

}  // namespace patchbay
