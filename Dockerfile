# Odoo's own image with the few packages the add-ons need besides; all else is in it already.
FROM odoo:19
USER root
COPY requirements.txt /tmp/
RUN grep -E '^(holidays|jsonschema|jsonschema-specifications|numpy|opencc|phonenumbers|pyHanko|pyhanko-certvalidator|oscrypto|uritools|pypinyin|rapidfuzz|referencing|rpds-py)==' \
        /tmp/requirements.txt >/tmp/own.txt && \
    pip3 install --no-cache-dir --break-system-packages --requirement /tmp/own.txt && \
    rm /tmp/requirements.txt /tmp/own.txt
USER odoo
