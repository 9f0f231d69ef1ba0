#include "patchbay/http/http_answer_plan.hpp"

#include "patchbay/wire/http1_head.hpp"

namespace patchbay {

bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 205 && status != 304;
}

HttpAnswerPlan plan_answer(const HttpResponse& response, std::string_view method) {
  if (response.status == 205) return {.has_body = false, .length = 0};
  if (!status_has_body(response.status)) return {.has_body = false, .length = std::nullopt};
  HttpAnswerPlan plan{.has_body = method != "HEAD", .length = response.body_bytes()};
  if (!plan.has_body && std::holds_alternative<std::monostate>(response.body)) {
    if (const auto told = parse_content_length(response.field("content-length"))) {
      plan.length = told;
    }
  }
  plan.is_counted = plan.length.has_value();
  return plan;
}

}  // namespace patchbay
