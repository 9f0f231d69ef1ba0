#include "patchbay/tools/scan/probe/send_refusal.hpp"

#include <cerrno>

namespace patchbay {

bool is_shortage(int code) {
  return code == 0 || code == ENOBUFS || code == ENOMEM || code == EAGAIN;
}

bool is_about_one(int code) {
  return code == EPERM || code == EACCES || code == EHOSTUNREACH || code == ENETUNREACH ||
         code == EMSGSIZE;
}

ScanAnswer answer_for(int code) {
  AnswerReason reason = AnswerReason::host_unreachable;
  if (code == ENETUNREACH || code == EINVAL) reason = AnswerReason::net_unreachable;
  if (code == EACCES) reason = AnswerReason::admin_prohibited;
  if (code == EPERM) reason = AnswerReason::not_permitted;
  if (code == EMSGSIZE) reason = AnswerReason::other_unreachable;
  return {.state = PortState::filtered, .reason = reason, .attempt = 0};
}

}  // namespace patchbay
