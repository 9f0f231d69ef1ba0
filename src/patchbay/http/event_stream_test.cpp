#include "patchbay/http/event_stream.hpp"

#include <gtest/gtest.h>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

std::shared_ptr<HttpSource> source_of(const HttpResponse& response) {
  return std::get<std::shared_ptr<HttpSource>>(response.body);
}

Task<Result<std::string>> next_piece(HttpSource& source, Deadline deadline = {}) {
  std::string piece(1000, '\0');
  const auto got = co_await source.read(std::as_writable_bytes(std::span(piece)), deadline);
  if (!got) co_return got.error();
  piece.resize(*got);
  co_return piece;
}

template <class T>
T run(Task<T> task) {
  return (*Loop::make())->run(std::move(task));
}

TEST(EventStream, WritesLinesAsFieldsOfOneEvent) {
  auto events = std::make_shared<EventStream>();
  const HttpResponse response = event_response(events);
  EXPECT_EQ(response.field("content-type"), "text/event-stream");
  EXPECT_TRUE(events->send({.data = "one\ntwo\r\nthree", .type = "news", .id = "7"}));
  EXPECT_EQ(*run(next_piece(*source_of(response))),
            "event: news\nid: 7\ndata: one\ndata: two\ndata: three\n\n");
}

TEST(EventStream, LetsNoLineEndIntoATypeOrAnId) {
  auto events = std::make_shared<EventStream>();
  const HttpResponse response = event_response(events);
  events->send({.data = "x", .type = "a\ndata: forged", .id = "1\r2"});
  EXPECT_EQ(*run(next_piece(*source_of(response))), "event: a\nid: 1\ndata: x\n\n");
}

TEST(EventStream, EndsAfterWhatWasSent) {
  auto events = std::make_shared<EventStream>();
  const HttpResponse response = event_response(events);
  events->send({.data = "last"});
  events->end();
  EXPECT_FALSE(events->send({.data = "too late"}));
  EXPECT_EQ(*run(next_piece(*source_of(response))), "data: last\n\n");
  EXPECT_EQ(*run(next_piece(*source_of(response))), "");
}

TEST(EventStream, SendsACommentWhenNothingHappens) {
  auto events = std::make_shared<EventStream>(EventStreamOptions{.comment_after = 1ms});
  const HttpResponse response = event_response(events);
  EXPECT_EQ(*run(next_piece(*source_of(response))), ":\n\n");
}

TEST(EventStream, GivesUpAReaderThatDoesNotKeepUp) {
  auto events = std::make_shared<EventStream>(EventStreamOptions{.most_bytes = 100});
  const HttpResponse response = event_response(events);
  EXPECT_FALSE(events->send({.data = std::string(200, 'x')}));
  const auto piece = run(next_piece(*source_of(response)));
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().fault(), Fault::limit);
}

TEST(EventStream, KnowsThatItsReaderHasLeft) {
  auto events = std::make_shared<EventStream>();
  {
    const HttpResponse response = event_response(events);
    EXPECT_TRUE(events->has_reader());
  }
  EXPECT_FALSE(events->has_reader());
  EXPECT_FALSE(events->send({.data = "to nobody"}));
}

}  // namespace
}  // namespace patchbay
