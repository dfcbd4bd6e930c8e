# Odoo's image with what the add-ons import besides; it brings all other packages itself.
FROM odoo:19
USER root
COPY requirements.txt /tmp/requirements.txt
RUN sed -n '/^# What the add-ons themselves/,/^$/p' /tmp/requirements.txt >/tmp/addons.txt \
    && pip3 install --no-cache-dir --break-system-packages --ignore-installed -r /tmp/addons.txt \
    && rm /tmp/*.txt
USER odoo
