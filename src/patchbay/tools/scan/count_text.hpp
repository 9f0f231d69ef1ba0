// Large numbers as people read them.
#pragma once

#include <string>
#include <string_view>

#include "patchbay/net/ip_network.hpp"

namespace patchbay {

// "1,048,576"
std::string grouped(IpNumber number);
// "1 host", "65,536 hosts"; `noun` takes an s in the plural, "address" es.
std::string counted(IpNumber number, std::string_view noun);

}  // namespace patchbay
