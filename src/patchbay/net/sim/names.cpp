#include "patchbay/net/sim/names.hpp"

#include <algorithm>

#include "patchbay/net/event.hpp"
#include "patchbay/net/sim/host.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {

void Names::add(std::string name, const IpAddress& address) {
  entries_[std::move(name)].addresses.push_back(address);
}

void Names::fail(std::string name, ResolveFailure failure) {
  entries_[std::move(name)] = {.failure = failure};
}

void Names::hang(std::string name) { entries_[std::move(name)] = {.hangs = true}; }

// It has no server and no cache: it knows the table.
class HostResolver final : public Resolver {
 public:
  HostResolver(const Names& names, bool has_deadlines)
      : names_(names), has_deadlines_(has_deadlines) {}

  Task<Result<std::vector<IpAddress>>> addresses(std::string name, Family family,
                                                 Deadline deadline) override {
    auto local = resolve_locally(name, family);
    if (!local || !local->empty()) co_return local;
    if (const auto waited = co_await answer_to(name, deadline); !waited) co_return waited.error();
    const auto found = names_.entries_.find(name);
    if (found == names_.entries_.end()) {
      co_return resolve_error(ResolveFailure::no_such_name, name);
    }
    if (found->second.addresses.empty()) co_return resolve_error(found->second.failure, name);
    std::vector<IpAddress> fitting;
    std::ranges::copy_if(
        found->second.addresses, std::back_inserter(fitting),
        [&](const IpAddress& each) { return family == Family::any || each.family() == family; });
    if (fitting.empty()) co_return resolve_error(no_address_of(family), name);
    sort(fitting);
    co_return fitting;
  }

  Task<Result<std::vector<std::string>>> names(IpAddress address, Deadline deadline) override {
    const std::string text = address.to_string();
    if (const auto waited = co_await answer_to(text, deadline); !waited) co_return waited.error();
    std::vector<std::string> found;
    for (const auto& [name, entry] : names_.entries_) {
      if (std::ranges::find(entry.addresses, address) != entry.addresses.end()) {
        found.push_back(name);
      }
    }
    if (found.empty()) co_return resolve_error(ResolveFailure::no_name, text);
    co_return found;
  }

 private:
  Task<Result<>> answer_to(const std::string& name, Deadline deadline) const {
    const auto found = names_.entries_.find(name);
    if (found != names_.entries_.end() && found->second.hangs) {
      Event answered;
      co_return co_await answered.wait(deadline);
    }
    if (names_.delay_ == Duration::zero()) co_return ok();
    const Deadline due = Deadline::after(names_.delay_);
    if (due.at() < deadline.at() || !has_deadlines_) co_return co_await sleep_until(due);
    Event answered;  // which the deadline comes before
    co_return co_await answered.wait(deadline);
  }

  const Names& names_;
  const bool has_deadlines_;  // if not, an answer comes however late it is
};

std::unique_ptr<Resolver> Names::resolver_for(Host& host) const {
  return std::make_unique<HostResolver>(*this, host.world().options().deadlines);
}

}  // namespace patchbay::sim
