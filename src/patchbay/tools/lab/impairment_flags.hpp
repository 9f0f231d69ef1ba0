// How a user says what a link does to packets, and how it is told.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "patchbay/net/impairment.hpp"
#include "patchbay/tools/command.hpp"
#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/record.hpp"

namespace patchbay {

// "1%", "0.05 %": a share of 0 to 1. The sign is needed: a bare 0.1 could be meant either way.
std::expected<double, Failure> parse_percent(std::string_view text);

// "1 %", "0.05 %".
std::string format_percent(double share);

Value percent(double& target);

// --delay, --loss and so on.
void declare_impairment(Command& command, Impairment& impairment);

// "50 ms ± 5 ms, 1 % lost in bursts of 8"; "nothing" for a perfect link.
std::string describe(const Impairment& impairment);

// Its members of a JSON line.
Record to_record(const Impairment& impairment);

}  // namespace patchbay
