// TimedResolver: another resolver, with a watch: how long each name took.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "patchbay/net/resolve.hpp"

namespace patchbay {

class TimedResolver final : public Resolver {
 public:
  explicit TimedResolver(std::unique_ptr<Resolver> resolver) : resolver_(std::move(resolver)) {}

  Task<Result<std::vector<IpAddress>>> addresses(std::string name, Family family,
                                                 Deadline deadline) override;
  Task<Result<std::vector<std::string>>> names(IpAddress address, Deadline deadline) override;
  void sort(std::vector<IpAddress>& addresses) override { resolver_->sort(addresses); }

  // Until the first answer with an address; zero for a name that nobody asked for.
  Duration took(const std::string& name) const;

 private:
  std::unique_ptr<Resolver> resolver_;
  std::map<std::string, Duration> took_;
};

}  // namespace patchbay
