using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The place of a secret. What stands there instead may be the secret itself: no problem shows it.</summary>
internal static class SecretPlace
{
    private const string Hint = "file:PATH, of a file with mode 0600, env:NAME or credential:NAME; the secret itself never stands in this file";

    /// <summary>Reads one; null where there is none, which is reported.</summary>
    public static SecretReference? Read(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        SecretReference? secret = SecretReference.Parse(text);
        if (secret is null && text.Length > 0)
        {
            reading.Report(ConfigurationProblems.Secret, "the value is not the place of a secret", node, Hint);
        }

        return secret;
    }
}
