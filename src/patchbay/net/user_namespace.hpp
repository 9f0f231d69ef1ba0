// User namespaces: the rights of root over what one makes oneself (user_namespaces(7)).
#pragma once

#include "patchbay/base/result.hpp"

namespace patchbay {

// Makes this process root of a user namespace of its own, with its own mounts: it may then make
// network namespaces and do as it likes in them, and gains nothing outside. There is no way back.
// The process must have one thread. Fails where the system allows nobody else to do so.
Result<> enter_user_namespace();

}  // namespace patchbay
