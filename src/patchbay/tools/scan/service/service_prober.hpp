// -sV: what open ports serve, by what they say.
#pragma once

#include <vector>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/service/service_meter.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"
#include "patchbay/tools/scan/service/service_talk.hpp"

namespace patchbay {

// One port, within ServiceOptions::budget. UDP ports are asked where a payload for them is known.
Task<ServiceAnswer> find_service(ServiceTools& tools, ServiceTarget target);

// All of them in their order, ServiceOptions::at_once at a time. `answers` gets one for each, as
// soon as it is there; a cancel leaves the others unasked, and some cut. `meter`, of as many, is
// told when each begins and ends. All four outlive it.
Task<> find_services(const std::vector<ServiceTarget>& targets, const ServiceOptions& options,
                     std::vector<ServiceAnswer>& answers, ServiceMeter& meter);

}  // namespace patchbay
