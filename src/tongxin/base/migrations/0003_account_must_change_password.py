from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("base", "0002_audit_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="must_change_password",
            field=models.BooleanField(default=False),
        ),
    ]
