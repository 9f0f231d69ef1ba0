#include "patchbay/http/http2_callbacks.hpp"

#include "patchbay/http/http2_library.hpp"
#include "patchbay/http/http2_session.hpp"

namespace patchbay {

Http2Session& Http2Callbacks::self(void* user_data) {
  return *static_cast<Http2Session*>(user_data);
}

int Http2Callbacks::make_session(nghttp2_session** session, Http2Session& owner) {
  nghttp2_session_callbacks* made = nullptr;
  if (const int error = nghttp2_session_callbacks_new(&made); error != 0) return error;
  const Http2CallbacksPtr callbacks(made);
  const Http2OptionsPtr options = make_http2_options(Http2Side::server);
  if (options == nullptr) return NGHTTP2_ERR_NOMEM;
  nghttp2_session_callbacks_set_on_begin_frame_callback(made, begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(made, header);
  nghttp2_session_callbacks_set_on_invalid_header_callback2(made, invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, invalid_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, data);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, close);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, sent);
  nghttp2_session_callbacks_set_send_data_callback(made, send_data);
  nghttp2_session_callbacks_set_unpack_extension_callback(
      made, [](nghttp2_session*, void**, const nghttp2_frame_hd*, void*) -> int {
        return NGHTTP2_ERR_CANCEL;
      });
  return nghttp2_session_server_new2(session, made, &owner, options.get());
}

int Http2Callbacks::begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data) {
  return self(user_data).on_begin_frame(*head);
}

int Http2Callbacks::begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return self(user_data).on_begin_headers(*frame);
}

int Http2Callbacks::header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name,
                           nghttp2_rcbuf* value, std::uint8_t, void* user_data) {
  return self(user_data).on_header(*frame, name, value);
}

// nghttp2 would pass over it. But what one program passes over another may heed.
int Http2Callbacks::invalid_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf*,
                                   nghttp2_rcbuf*, std::uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Http2Callbacks::frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return self(user_data).on_frame(*frame);
}

int Http2Callbacks::invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int,
                                  void* user_data) {
  return self(user_data).on_invalid_frame(*frame);
}

int Http2Callbacks::data(nghttp2_session*, std::uint8_t, std::int32_t stream,
                         const std::uint8_t* bytes, std::size_t size, void* user_data) {
  return self(user_data).on_data(stream, {reinterpret_cast<const char*>(bytes), size});
}

int Http2Callbacks::close(nghttp2_session*, std::int32_t stream, std::uint32_t, void* user_data) {
  return self(user_data).on_close(stream);
}

int Http2Callbacks::sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return self(user_data).on_sent(*frame);
}

int Http2Callbacks::send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head,
                              std::size_t bytes, nghttp2_data_source* source, void* user_data) {
  return self(user_data).send_content(*static_cast<Http2Stream*>(source->ptr), head, bytes);
}

}  // namespace patchbay
