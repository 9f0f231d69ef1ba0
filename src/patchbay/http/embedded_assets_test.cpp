#include "patchbay/http/embedded_assets.hpp"

#include <gtest/gtest.h>

#include "patchbay/net/sim/lone_host.hpp"

namespace patchbay {
namespace {

class Assets : public ::testing::Test {
 protected:
  Assets() {
    assets_.add({.path = "/index.html", .content = "<p>home</p>"});
    assets_.add({.path = "/app.js", .content = "let x = 1;", .gzip = "packed"});
  }
  HttpResponse ask(std::string_view path, HttpFields fields = {}) {
    HttpRequest request{.method = "GET", .path = path};
    request.fields = std::move(fields);
    return *assets_.answer_now(request);
  }
  static const HttpPrepared& prepared(const HttpResponse& response) {
    return *std::get<std::shared_ptr<const HttpPrepared>>(response.body);
  }

  EmbeddedAssets assets_;
};

TEST_F(Assets, ShowTheIndexForTheRoot) {
  EXPECT_EQ(prepared(ask("/")).body, "<p>home</p>");
  EXPECT_EQ(ask("/none").status, 404);
}

TEST_F(Assets, AreSentPackedToThoseWhoTakeIt) {
  HttpFields fields;
  fields.add("Accept-Encoding", "gzip");
  EXPECT_EQ(prepared(ask("/app.js", fields)).body, "packed");
  EXPECT_EQ(prepared(ask("/app.js")).body, "let x = 1;");
  EXPECT_NE(prepared(ask("/app.js", fields)).lines.find("Vary: Accept-Encoding"),
            std::string::npos);
}

TEST_F(Assets, RefuseWhatWouldChangeThem) {
  HttpRequest request{.method = "DELETE", .path = "/app.js"};
  const HttpResponse response = *assets_.answer_now(request);
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.field("allow"), "GET, HEAD");
}

}  // namespace
}  // namespace patchbay
