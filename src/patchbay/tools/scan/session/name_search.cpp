#include "patchbay/tools/scan/session/name_search.hpp"

#include <utility>

#include "patchbay/tools/scan/targets/host_names.hpp"

namespace patchbay {

Task<std::map<IpAddress, std::string>> find_names(const std::vector<ScanPart>& parts, Output& out) {
  std::vector<IpAddress> up;
  for (const ScanPart& part : parts) {
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (part.run().findings().has_answered(host)) up.push_back(part.plan().hosts.at(host));
    }
  }
  const std::size_t count = up.size();
  auto found = co_await look_up_hosts(std::move(up));
  if (!found) co_return std::map<IpAddress, std::string>();
  if (found->failed > 0) out.note(unknown_names(found->failed, count, *found->failure));
  co_return std::move(found->names);
}

}  // namespace patchbay
