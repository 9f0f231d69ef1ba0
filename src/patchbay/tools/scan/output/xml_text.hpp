// Text from strangers, in XML.
#pragma once

#include <string>
#include <string_view>

namespace patchbay {

// Fit for an attribute in quotes and between tags, whatever comes in: broken UTF-8, and what XML
// 1.0 forbids (section 2.2: most controls), becomes U+FFFD. What a terminal might act on is written
// as a reference (&#x202e;).
std::string escape_xml(std::string_view bytes);

}  // namespace patchbay
