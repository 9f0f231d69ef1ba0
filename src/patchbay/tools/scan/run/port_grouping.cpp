#include "patchbay/tools/scan/run/port_grouping.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace patchbay {

void add_port(PortGroup& group, std::uint16_t number) {
  ++group.count;
  if (!group.ports.empty() && group.ports.back().second + 1 == number) {
    group.ports.back().second = number;
  } else {
    group.ports.emplace_back(number, number);
  }
}

void PortGrouping::add(std::uint32_t number, const ScanPort& port, PortState state,
                       AnswerReason reason) {
  if (state == PortState::open) {
    open_.push_back(number);
    return;
  }
  Alike& alike = like(port.protocol, state, reason);
  if (alike.group.count < k_most_told) alike.numbers[alike.group.count] = number;
  add_port(alike.group, port.number);
}

PortGrouping::Alike& PortGrouping::like(ScanProtocol protocol, PortState state,
                                        AnswerReason reason) {
  const auto fits = [&](const Alike& alike) {
    return alike.group.protocol == protocol && alike.group.state == state &&
           alike.group.reason == reason;
  };
  if (last_ < alike_.size() && fits(alike_[last_])) return alike_[last_];
  last_ = static_cast<std::size_t>(std::ranges::find_if(alike_, fits) - alike_.begin());
  if (last_ == alike_.size()) {
    alike_.push_back(
        {.group = {.protocol = protocol, .state = state, .reason = reason, .ports = {}},
         .numbers = {}});
  }
  return alike_[last_];
}

PortGrouping::Result PortGrouping::settle() {
  Result result{.told = std::move(open_), .rest = {}};
  std::ranges::sort(alike_, {}, [](const Alike& alike) {
    return std::tuple(alike.group.protocol, alike.group.state, alike.group.reason);
  });
  for (Alike& alike : alike_) {
    if (alike.group.count > k_most_told) {
      result.rest.push_back(std::move(alike.group));
    } else {
      result.told.insert(result.told.end(), alike.numbers.begin(),
                         alike.numbers.begin() + alike.group.count);
    }
  }
  std::ranges::sort(result.told);
  return result;
}

}  // namespace patchbay
