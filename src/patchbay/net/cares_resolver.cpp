#include "patchbay/net/cares_resolver.hpp"

#include <utility>

#include "patchbay/net/destination_order.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

Error explain(int status, ResolveFailure when_empty, std::string_view subject) {
  switch (status) {
    case ARES_ENOTFOUND:
      // An address without a name is no surprise, and not the same as a name that does not exist.
      return resolve_error(
          when_empty == ResolveFailure::no_name ? when_empty : ResolveFailure::no_such_name,
          subject);
    case ARES_SUCCESS:  // an answer with nothing in it
    case ARES_ENODATA: return resolve_error(when_empty, subject);
    case ARES_ESERVFAIL: return resolve_error(ResolveFailure::server_failed, subject);
    case ARES_EREFUSED: return resolve_error(ResolveFailure::server_refused, subject);
    case ARES_ETIMEOUT: return resolve_error(ResolveFailure::server_silent, subject);
    case ARES_EBADNAME:
    case ARES_EBADQUERY: return resolve_error(ResolveFailure::name_malformed, subject);
    case ARES_EFORMERR:
    case ARES_ENOTIMP:
    case ARES_EBADRESP: return resolve_error(ResolveFailure::answer_malformed, subject);
    case ARES_ENOMEM:
      return Error(Fault::limit, "resolve", "no memory is left for it").about(subject);
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION: return Error(Fault::cancelled, "resolve").about(subject);
    default: return resolve_error(ResolveFailure::no_server, subject);
  }
}

// A look-up that needs no server ends by the same rules as one that does.
Result<> may_begin(const Scope& scope, Deadline deadline) {
  if (scope.cancelled()) return Error(Fault::cancelled, "resolve");
  if (deadline.or_earlier(scope.deadline()).at() <= Loop::current().now()) {
    return Error(Fault::timed_out, "resolve");
  }
  return ok();
}

// The wait has another operation's name; here it is always the same that failed.
Error failed_to_resolve(const Error& error, std::string_view subject) {
  const bool own = error.fault() == Fault::timed_out || error.fault() == Fault::cancelled;
  return (own ? Error(error.fault(), "resolve") : error).about(subject);
}

}  // namespace

CaresResolver::CaresResolver(CaresOptions options)
    : options_(std::move(options)), hosts_(options_.hosts_file) {}

Task<Result<std::vector<IpAddress>>> CaresResolver::addresses(std::string name, Family family,
                                                              Deadline deadline) {
  const auto begun = may_begin(co_await current_scope(), deadline);
  if (!begun) co_return begun.error().about(name);
  auto found = resolve_locally(name, family);
  if (!found) co_return found;
  if (found->empty()) {
    if (const auto* const written = hosts_.find(name)) {
      for (const IpAddress& address : *written) {
        if (family == Family::any || family == address.family()) found->push_back(address);
      }
      if (found->empty()) co_return resolve_error(no_address_of(family), name);
    }
  }
  if (found->empty()) {
    const auto open = channel();
    if (!open) co_return open.error();
    const auto answer = std::make_shared<CaresAnswer>();
    const auto asked = co_await (*open)->ask_addresses(name, family, answer, deadline);
    if (!asked) co_return failed_to_resolve(asked.error(), name);
    if (answer->addresses.empty()) {
      co_return explain(answer->status, no_address_of(family), name);
    }
    *found = std::move(answer->addresses);
  }
  sort(*found);
  co_return found;
}

Task<Result<std::vector<std::string>>> CaresResolver::names(IpAddress address, Deadline deadline) {
  const std::string subject = address.to_string();
  const auto begun = may_begin(co_await current_scope(), deadline);
  if (!begun) co_return begun.error().about(subject);
  if (const auto* const written = hosts_.find(address)) co_return *written;
  // Every host has its own, so no server can know (RFC 6761 section 6.3).
  if (address.is_loopback()) co_return std::vector<std::string>{"localhost"};
  const auto open = channel();
  if (!open) co_return open.error();
  const auto answer = std::make_shared<CaresAnswer>();
  const auto asked = co_await (*open)->ask_names(address, answer, deadline);
  if (!asked) co_return failed_to_resolve(asked.error(), subject);
  if (answer->names.empty()) co_return explain(answer->status, ResolveFailure::no_name, subject);
  co_return std::move(answer->names);
}

void CaresResolver::sort(std::vector<IpAddress>& addresses) {
  if (addresses.size() > 1) sort_destinations(addresses);
}

// A channel reads resolv.conf when it is made, and cannot be told to read it again.
Result<std::shared_ptr<CaresChannel>> CaresResolver::channel() {
  const FileStamp stamp = FileStamp::of(options_.resolv_conf);
  if (channel_ != nullptr && stamp == resolv_conf_) return channel_;
  auto made = CaresChannel::make(options_);
  if (!made) return made;
  resolv_conf_ = stamp;
  channel_ = *made;
  return made;
}

}  // namespace patchbay
