// The settings file of `http serve`: failures that can be printed, in the order of its lines; or a
// plan that holds together. No name is looked up.
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/http/serve_file.hpp"

namespace {

using namespace patchbay;

// Every name is this host's, but for those that there are not.
Result<std::vector<Endpoint>> look_up(const HostPort& where) {
  if (where.host.size() % 2 == 1) {
    return Error(Fault::resolve, "look up", "there is no such name", "name an address");
  }
  const auto address = IpAddress::parse(where.host);
  return std::vector{
      Endpoint(address ? *address : IpAddress::loopback(Family::v4), where.port),
      Endpoint(IpAddress::loopback(Family::v6), where.port),
  };
}

void check_failure(const Failure& failure) {
  FUZZ_CHECK(failure.what.starts_with("conf/sites.toml:"));
  for (const std::string& text : {failure.what, failure.why, failure.remedy}) {
    FUZZ_CHECK(!text.empty() && escape_terminal(text) == text);
  }
}

void check_site(const SiteOptions& site, const HttpServePlan& plan) {
  FUZZ_CHECK(site.origin.starts_with("conf/sites.toml:"));
  FUZZ_CHECK(site.local_only == is_local(plan));
  FUZZ_CHECK(!site.path.empty() || !site.proxies.empty());
  for (const auto& [name, value] : site.fields) {
    FUZZ_CHECK(!name.empty());
    FUZZ_CHECK((name + value).find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
}

void check_plan(const HttpServePlan& plan) {
  FUZZ_CHECK(!plan.addresses.empty() && !plan.sites.empty() && plan.may_change);
  FUZZ_CHECK(plan.threads >= 1 && plan.limits.connections >= 1 && plan.limits.least_rate >= 1);
  FUZZ_CHECK(check_hosts(plan.sites));
  for (const SiteOptions& site : plan.sites) check_site(site, plan);
  if (!plan.tls) return;
  FUZZ_CHECK(!plan.tls->certificate_file.empty() && !plan.tls->key_file.empty());
  for (const TlsIdentity& named : plan.tls->named) {
    FUZZ_CHECK(!named.certificate_file.empty() && !named.key_file.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto plan = parse_serve_file(text, "conf/sites.toml", {}, look_up);
  if (plan) {
    check_plan(*plan);
    return 0;
  }
  FUZZ_CHECK(!plan.error().empty());
  for (const Failure& failure : plan.error()) check_failure(failure);
  return 0;
}
