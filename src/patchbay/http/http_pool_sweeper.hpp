// HttpPoolSweeper: closes in time what pools have kept for too long. By themselves they do so only
// when they are used, and then an upstream that has ended long ago is not let go.
#pragma once

#include <memory>
#include <vector>

#include "patchbay/http/http_client_pool.hpp"

namespace patchbay {

// Of one loop.
class HttpPoolSweeper {
 public:
  void add(const std::shared_ptr<HttpClientPool>& pool);
  // Until it is cancelled. Waits for nothing but the time while nothing is kept.
  Task<Result<>> run();

 private:
  Instant sweep();

  std::vector<std::weak_ptr<HttpClientPool>> pools_;
  std::shared_ptr<HttpPoolAlarm> alarm_ = std::make_shared<HttpPoolAlarm>();
};

}  // namespace patchbay
