#include "patchbay/http/http1_watch.hpp"

namespace patchbay {

Task<> Http1Watch::wait(TaskGroup& working) {
  if (!co_await stream_.wait_for_end()) co_return;
  request_.client_ended = true;
  if (!left()) {
    if (!co_await stream_.wait_for_reset()) co_return;
    reset_ = true;
  }
  working.cancel();
}

}  // namespace patchbay
