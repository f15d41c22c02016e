using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>The users that may own an upstream's port, and those whose programs may connect, exist; a misspelt one would close the gate without a word.</summary>
internal sealed class RunAsValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (GateConfiguration gate in configuration.Gates)
        {
            string place = $"gates.{gate.Name}.run_as";
            if (gate.RunAs.Contains(Words.Any) && gate.RunAs.Length > 1)
            {
                context.Report(ConfigurationProblems.Conflict, "`any` stands alone in `run_as`", place);
            }

            Look(gate.RunAs.Where(static u => u != Words.Any), place, "name the service's user, or its uid", context);
            Look(gate.AllowUsers, $"gates.{gate.Name}.allow_users", "name the user that the program runs as, or its uid", context);
        }
    }

    private static void Look(IEnumerable<string> users, string place, string hint, ConfigurationContext context)
    {
        foreach (string user in users.Where(user => user.Length > 0 && !context.Host.UserExists(user)))
        {
            context.Report(ConfigurationProblems.UnknownUser, $"user `{user}` does not exist on this host", place, hint);
        }
    }
}
