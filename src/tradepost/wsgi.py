"""What a WSGI server loads: granian, or any other."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
application = get_wsgi_application()
