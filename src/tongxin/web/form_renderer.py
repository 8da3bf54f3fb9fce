"""How every form of every room looks: labels above, errors as sentences beside the field."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Draws `{{ form }}` and `{{ field.as_field_group }}` with our templates. Named by the setting FORM_RENDERER.

    Error lists come from `templates/django/forms/errors/list/ul.html`, which replaces Django's own.
    """

    form_template_name = "web/form.html"
    field_template_name = "web/_field.html"
