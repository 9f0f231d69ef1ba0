#include "patchbay/http/http2_client_callbacks.hpp"

#include "patchbay/http/http2_client_connection.hpp"
#include "patchbay/http/http2_library.hpp"

namespace patchbay {

namespace {

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

Http2ClientConnection& Http2ClientCallbacks::self(void* user_data) {
  return *static_cast<Http2ClientConnection*>(user_data);
}

int Http2ClientCallbacks::make_session(nghttp2_session** session, Http2ClientConnection& owner) {
  nghttp2_session_callbacks* made = nullptr;
  if (const int error = nghttp2_session_callbacks_new(&made); error != 0) return error;
  const Http2CallbacksPtr callbacks(made);
  const Http2OptionsPtr options = make_http2_options(Http2Side::client);
  if (options == nullptr) return NGHTTP2_ERR_NOMEM;
  nghttp2_session_callbacks_set_on_begin_frame_callback(made, begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(made, header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(made, invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, invalid_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, data);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, close);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, sent);
  nghttp2_session_callbacks_set_unpack_extension_callback(
      made, [](nghttp2_session*, void**, const nghttp2_frame_hd*, void*) -> int {
        return NGHTTP2_ERR_CANCEL;
      });
  return nghttp2_session_client_new2(session, made, &owner, options.get());
}

ssize_t Http2ClientCallbacks::read_piece(nghttp2_session*, std::int32_t id, std::uint8_t* into,
                                         std::size_t most, std::uint32_t* flags,
                                         nghttp2_data_source*, void* user_data) {
  Http2ClientStream* const stream = self(user_data).find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  return self(user_data).read_piece(*stream, {into, most}, *flags);
}

int Http2ClientCallbacks::begin_frame(nghttp2_session*, const nghttp2_frame_hd* head,
                                      void* user_data) {
  return self(user_data).on_begin_frame(*head);
}

int Http2ClientCallbacks::begin_headers(nghttp2_session*, const nghttp2_frame* frame,
                                        void* user_data) {
  return self(user_data).on_begin_headers(*frame);
}

int Http2ClientCallbacks::header(nghttp2_session*, const nghttp2_frame* frame,
                                 const std::uint8_t* name, std::size_t name_size,
                                 const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                                 void* user_data) {
  return self(user_data).on_header(*frame, text_of(name, name_size), text_of(value, value_size));
}

// nghttp2 would pass over it. But what one program passes over another may heed.
int Http2ClientCallbacks::invalid_header(nghttp2_session*, const nghttp2_frame*,
                                         const std::uint8_t*, std::size_t, const std::uint8_t*,
                                         std::size_t, std::uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Http2ClientCallbacks::frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return self(user_data).on_frame(*frame);
}

int Http2ClientCallbacks::invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int,
                                        void* user_data) {
  return self(user_data).on_invalid_frame(*frame);
}

int Http2ClientCallbacks::data(nghttp2_session*, std::uint8_t, std::int32_t stream,
                               const std::uint8_t* bytes, std::size_t size, void* user_data) {
  return self(user_data).on_data(stream, text_of(bytes, size));
}

int Http2ClientCallbacks::close(nghttp2_session*, std::int32_t stream, std::uint32_t code,
                                void* user_data) {
  return self(user_data).on_close(stream, code);
}

int Http2ClientCallbacks::sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return self(user_data).on_sent(*frame);
}

}  // namespace patchbay
