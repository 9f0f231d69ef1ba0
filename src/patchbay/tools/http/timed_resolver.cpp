#include "patchbay/tools/http/timed_resolver.hpp"

#include "patchbay/net/loop.hpp"

namespace patchbay {

Task<Result<std::vector<IpAddress>>> TimedResolver::addresses(std::string name, Family family,
                                                              Deadline deadline) {
  const Instant began = Loop::current().now();
  auto found = co_await resolver_->addresses(name, family, deadline);
  if (found) took_.emplace(name, Loop::current().now() - began);
  co_return found;
}

Task<Result<std::vector<std::string>>> TimedResolver::names(IpAddress address, Deadline deadline) {
  co_return co_await resolver_->names(address, deadline);
}

Duration TimedResolver::took(const std::string& name) const {
  const auto found = took_.find(name);
  return found == took_.end() ? Duration() : found->second;
}

}  // namespace patchbay
