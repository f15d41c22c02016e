using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>The users that may own an upstream's port exist; a misspelt one would close the gate without a word.</summary>
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

            foreach (string user in gate.RunAs.Where(static u => u.Length > 0 && u != Words.Any))
            {
                if (!context.Host.UserExists(user))
                {
                    context.Report(ConfigurationProblems.UnknownUser, $"user `{user}` does not exist on this host", place, "name the service's user, or its uid");
                }
            }
        }
    }
}
