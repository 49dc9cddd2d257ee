/* SPDX-License-Identifier: BSD-2-Clause */
/* forms=yes: the fields of a form, from what is kept of its body, in records and
 * for people.  Both kinds of forms look alike there. */
#include "plugins/http/view.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "plugins/common/multipart.h"
#include "plugins/common/text.h"

#define FIELDS_MOST 1024u

enum http_form http_form_of(const struct http_message *message)
{
	static const char urlencoded[] = "application/x-www-form-urlencoded";
	static const char multipart[] = "multipart/form-data";
	const struct tcpflow_slice type = http_view_type(message);

	if (type.len == sizeof(urlencoded) - 1 &&
	    strncasecmp(type.ptr, urlencoded, type.len) == 0)
		return HTTP_FORM_URLENCODED;
	if (type.len == sizeof(multipart) - 1 &&
	    strncasecmp(type.ptr, multipart, type.len) == 0)
		return HTTP_FORM_MULTIPART;
	return HTTP_FORM_NONE;
}

/* One field of either kind. */
struct field {
	struct tcpflow_slice name;
	struct tcpflow_slice value;
	struct tcpflow_slice file; /* its name; ptr NULL: it is none   */
	struct tcpflow_slice type;
	bool complete;
};

struct fields {
	enum http_form form;
	struct tcpflow_slice pairs;
	struct multipart multipart;
	struct bytes *name; /* decoded                          */
	struct bytes *value;
	size_t count;
};

static bool begin(struct fields *fields, struct http_worker *worker,
    const struct http_message *message)
{
	const struct bytes *kept = &message->body.shown;
	struct tcpflow_slice type = {0};
	const uint8_t *value;

	*fields = (struct fields){
	    .form = http_form_of(message),
	    .pairs = {kept->data, kept->length},
	    .name = &worker->scratch,
	    .value = &worker->field,
	};
	if (kept->length == 0 || fields->form == HTTP_FORM_NONE)
		return false;
	if (fields->form == HTTP_FORM_URLENCODED)
		return true;
	if (http_message_find(message, "Content-Type", &value, &type.len))
		type.ptr = value;
	return multipart_begin(
	    &fields->multipart, type, kept->data, kept->length);
}

static struct tcpflow_slice decoded(
    struct bytes *bytes, struct tcpflow_slice text)
{
	static const uint8_t none[1];

	bytes_reset(bytes);
	http_parameter_decode(bytes, text);
	return (struct tcpflow_slice){bytes->data != NULL ? bytes->data : none,
	    bytes->failed ? 0 : bytes->length};
}

static bool next(struct fields *fields, struct field *field)
{
	struct http_parameter parameter;
	struct multipart_part part;
	struct tcpflow_slice disposition;

	if (fields->count++ == FIELDS_MOST)
		return false;
	if (fields->form == HTTP_FORM_URLENCODED) {
		if (!http_parameter_next(&fields->pairs, &parameter))
			return false;
		*field = (struct field){
		    .name = decoded(fields->name, parameter.name),
		    .complete = true,
		};
		if (parameter.value.ptr != NULL)
			field->value = decoded(fields->value, parameter.value);
		return true;
	}
	if (!multipart_next(&fields->multipart, &part))
		return false;
	disposition = multipart_header(&part, "Content-Disposition");
	*field = (struct field){
	    .name = multipart_parameter(disposition, "name"),
	    .value = part.content,
	    .file = multipart_parameter(disposition, "filename"),
	    .type = multipart_header(&part, "Content-Type"),
	    .complete = part.complete,
	};
	return true;
}

void http_form_record(struct http_worker *worker, struct tcpflow_record *record,
    const struct http_message *message)
{
	const struct tcpflow_record_api *api = worker->http->host->record;
	struct fields fields;
	struct field field;

	if (!begin(&fields, worker, message))
		return;
	api->array(record, "fields");
	while (next(&fields, &field)) {
		api->object(record, NULL);
		api->str(record, "name", field.name.ptr, field.name.len);
		if (field.file.ptr != NULL)
			api->str(
			    record, "filename", field.file.ptr, field.file.len);
		if (field.type.ptr != NULL)
			api->str(
			    record, "type", field.type.ptr, field.type.len);
		/* Files are what they are; their bytes belong to no record. */
		if (field.file.ptr != NULL)
			api->u64(record, "bytes", field.value.len);
		else if (field.value.ptr != NULL)
			api->str(
			    record, "value", field.value.ptr, field.value.len);
		if (!field.complete)
			api->boolean(record, "complete", false);
		api->end(record);
	}
	api->end(record);
	if (message->body.decoded > message->body.shown.length)
		api->boolean(record, "fields_cut", true);
}

/* Its further lines are further in than fields are. */
static void append_value(struct bytes *text, struct tcpflow_slice value)
{
	const uint8_t *bytes = value.ptr;

	for (size_t i = 0; i < value.len; i++) {
		if (bytes[i] == '\n')
			bytes_text(text, "\n        ");
		else if (bytes[i] != '\r')
			bytes_append(text, bytes + i, 1);
	}
}

bool http_form_show(
    struct http_conversation *conversation, const struct http_message *message)
{
	struct fields fields;
	struct field field;
	bool any = false;

	if (!begin(&fields, conversation->worker, message))
		return false;
	for (; next(&fields, &field); any = true) {
		struct bytes *text = http_show_as(
		    conversation, TCPFLOW_ROLE_NAME);

		bytes_text(text, "    ");
		append_value(text, field.name);
		if (field.file.ptr != NULL) {
			text = http_show_as(conversation, TCPFLOW_ROLE_META);
			bytes_text(text, " [file ");
			append_value(text, field.file);
			if (field.type.ptr != NULL) {
				bytes_text(text, ", ");
				append_value(text, field.type);
			}
			bytes_printf(text, ", %zu bytes]", field.value.len);
		} else if (field.value.ptr != NULL) {
			text = http_show_as(conversation, TCPFLOW_ROLE_VALUE);
			bytes_text(text, " = ");
			append_value(text, field.value);
		}
		if (!field.complete)
			bytes_text(
			    http_show_as(conversation, TCPFLOW_ROLE_ALERT),
			    " [cut]");
		bytes_text(text, "\n");
	}
	return any;
}
